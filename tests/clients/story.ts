// Signs in, lists, uploads and makes a playlist with the client that a stock generator made of schemas/openapi.json: the one of
// the page, in plain Node. Arguments: the service's address, a username, a password, an audio file.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createClient } from '../../web/src/api/gen/client'
import {
  addPlaylistTracks,
  createPlaylist,
  getPlaylist,
  getTrack,
  listTracks,
  logInWithJson,
  uploadFile,
} from '../../web/src/api/gen/sdk.gen'

async function story(baseUrl: string, username: string, password: string, audio: string): Promise<void> {
  const nobody = createClient({ baseUrl })
  const wrong = await logInWithJson({ client: nobody, body: { username, password: 'not the password' } })
  assert.equal(wrong.error?.type, '/problems/wrong-credentials')

  const { data: tokens } = await logInWithJson({ client: nobody, body: { username, password }, throwOnError: true })
  // Not as X-Api-Key too: a request with both is refused.
  const auth = ({ scheme }: { scheme?: string }) => (scheme === 'bearer' ? tokens.access_token : undefined)
  const client = createClient({ baseUrl, auth })

  const file = new File([readFileSync(audio)], 'igra.wav', { type: 'audio/wav' })
  const { data: track } = await uploadFile({ client, body: { file }, throwOnError: true })

  const { data: tracks } = await listTracks({ client, query: { limit: 100 }, throwOnError: true })
  assert.ok(tracks.items.some((one) => one.id === track.id))

  const title = 'Of a generated client'
  const { data: playlist } = await createPlaylist({ client, body: { title }, throwOnError: true })
  const path = { playlist_id: playlist.id }
  await addPlaylistTracks({ client, path, body: { track_ids: [track.id] }, throwOnError: true })
  const { data: grown } = await getPlaylist({ client, path, throwOnError: true })
  assert.equal(grown.tracks_count, 1)

  const absent = await getTrack({ client, path: { track_id: playlist.id } })
  assert.equal(absent.error?.status, 404)
  console.log(track.id, playlist.id)
}

const [base, username, password, audio] = process.argv.slice(2)
assert.ok(base && username && password && audio, 'arguments: address, username, password, audio file')
void story(base, username, password, audio)
