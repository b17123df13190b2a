import { queries } from './cache'
import { changePreferences, getPreferences } from './gen'
import { getPreferencesQueryKey } from './gen/@tanstack/react-query.gen'
import { ifMatch } from './if-match'
import { signedInAs } from './session'

/** A track, or all of an artist, is recommended no more, or again. */
export async function hide(what: 'track' | 'artist', id: string, hidden: boolean) {
  const userId = signedInAs()
  if (!userId) return
  const path = { user_id: userId }
  const { data } = await getPreferences({ path, throwOnError: true })
  const field = what === 'track' ? 'hidden_track_ids' : 'hidden_artist_ids'
  const others = data[field].filter((one) => one !== id)
  const body = { [field]: hidden ? [...others, id] : others }
  // Another tab may have changed the list since: then nothing is written, and the person is told.
  const headers = ifMatch(data.version)
  const changed = await changePreferences({ path, body, headers, throwOnError: true })
  queries.setQueryData(getPreferencesQueryKey({ path }), changed.data)
  await queries.invalidateQueries({ queryKey: [{ _id: 'recommendTracks' }] })
}
