import { client } from './gen/client.gen'
import { ApiProblem, retryAfter } from './problem'
import { accessToken, isSignedIn, renew } from './session'

const TOKEN = 'X-Consistency-Token'
/** A read waits for one's own write this long after it. */
const FRESH_FOR_MS = 10_000
let newest: { token: string; at: number } | undefined
let clockOffsetMs = 0

/** The server's clock, when this computer's is off by more than a minute. */
export function serverNow(): Date {
  return new Date(Date.now() + (Math.abs(clockOffsetMs) > 60_000 ? clockOffsetMs : 0))
}

const isAuth = (url: string) => /\/api\/v1\/auth\/(login|refresh|register|password-reset|email)/.test(url)

type Send = (request: Request) => Promise<Response>

/** What every call of the generated client goes through: tokens, one refresh on 401, reads of one's own writes. */
async function transport(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = input instanceof Request ? input : new Request(input, init)
  const again = request.clone()
  const answer = await send(request, (whole) => globalThis.fetch(whole))
  if (answer.status !== 401 || isAuth(request.url) || !isSignedIn()) return answer
  return (await renew()) ? send(again, (whole) => globalThis.fetch(whole)) : answer
}

/** The same for a large body: only XMLHttpRequest says how much of it went. */
export function withProgress(onProgress: (sent: number, of: number) => void, signal: AbortSignal) {
  return (input: RequestInfo | URL) => send(input as Request, (request) => sendByXhr(request, onProgress, signal))
}

async function send(request: Request, sender: Send): Promise<Response> {
  if (!isAuth(request.url) && !request.headers.has('Authorization')) {
    const token = await accessToken()
    if (token) request.headers.set('Authorization', `Bearer ${token}`)
  }
  if (request.method === 'GET' && newest && Date.now() - newest.at < FRESH_FOR_MS) {
    request.headers.set(TOKEN, newest.token)
  }
  const answer = await sender(request)
  const token = answer.headers.get(TOKEN)
  if (token) newest = { token, at: Date.now() }
  const date = Date.parse(answer.headers.get('Date') ?? '')
  if (!Number.isNaN(date)) clockOffsetMs = date - Date.now()
  return answer
}

async function sendByXhr(
  request: Request,
  onProgress: (sent: number, of: number) => void,
  signal: AbortSignal,
): Promise<Response> {
  const body = await request.blob()
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    xhr.open(request.method, request.url)
    request.headers.forEach((value, name) => {
      xhr.setRequestHeader(name, value)
    })
    xhr.responseType = 'text'
    xhr.upload.onprogress = (event) => onProgress(event.loaded, event.total)
    xhr.onerror = () => reject(new TypeError('network'))
    xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    xhr.onload = () => {
      const lines = xhr.getAllResponseHeaders().trim().split(/\r?\n/)
      const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
      resolve(new Response(xhr.responseText, { status: xhr.status, headers: headers as [string, string][] }))
    }
    signal.addEventListener('abort', () => xhr.abort())
    xhr.send(body)
  })
}

export function startClient() {
  client.setConfig({ baseUrl: '', fetch: transport })
  client.interceptors.error.use((error, response) => {
    if (error instanceof DOMException && error.name === 'AbortError') return error
    if (!response) return new ApiProblem(0, undefined)
    return new ApiProblem(response.status, error, retryAfter(response.headers.get('Retry-After')))
  })
}
