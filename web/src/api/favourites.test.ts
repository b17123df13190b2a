import { beforeEach, describe, expect, it, vi } from 'vitest'
import { queries } from './cache'
import { like } from './favourites'
import { addFavourite, type FavouriteIds, listFavouriteIds } from './gen'

vi.mock('./session', () => ({ signedInAs: () => 'ada' }))
vi.mock('./gen', () => ({ addFavourite: vi.fn(), removeFavourite: vi.fn(), listFavouriteIds: vi.fn() }))

const none: FavouriteIds = { tracks: [], albums: [], artists: [], playlists: [] }
const shown = () => queries.getQueryData<FavouriteIds>(['favourites', 'ids', 'ada'])?.tracks

/** A promise and what settles it. */
function later<T>() {
  let settle = { done: (_: T) => {}, failed: (_: Error) => {} }
  const promise = new Promise<T>((done, failed) => {
    settle = { done, failed }
  })
  return { promise, ...settle }
}

describe('a heart', () => {
  beforeEach(() => {
    queries.clear()
    vi.resetAllMocks()
  })

  it('pressed while the list still loads is kept, with all that was liked before', async () => {
    const list = later<{ data: FavouriteIds }>()
    vi.mocked(listFavouriteIds).mockReturnValue(list.promise as never)
    const liking = like('track', 'new', true)
    list.done({ data: { ...none, tracks: ['old'] } })
    await liking
    expect(shown()).toEqual(['new', 'old'])
    expect(addFavourite).toHaveBeenCalledOnce()
  })

  it('pressed where the list cannot be loaded is kept all the same', async () => {
    vi.mocked(listFavouriteIds).mockRejectedValue(new Error('away') as never)
    vi.spyOn(queries, 'ensureQueryData').mockRejectedValueOnce(new Error('away'))
    await like('track', 'new', true)
    expect(addFavourite).toHaveBeenCalledOnce()
    expect(shown()).toBeUndefined()
  })

  it('that is refused goes back, and leaves the others as they are', async () => {
    queries.setQueryData(['favourites', 'ids', 'ada'], none)
    const answer = later<never>()
    vi.mocked(addFavourite).mockReturnValueOnce(answer.promise as never)
    const refused = like('track', 'first', true)
    await like('track', 'second', true)
    expect(shown()).toEqual(['second', 'first'])
    answer.failed(new Error('no'))
    await expect(refused).rejects.toThrow('no')
    expect(shown()).toEqual(['second'])
  })
})
