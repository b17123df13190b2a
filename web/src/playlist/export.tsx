import { Download } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { fileName, save } from '../api/files'
import { exportPlaylist, type OpenPlaylist } from '../api/gen'
import { fail } from '../app/toasts'
import { IconButton } from '../ui/button'
import { MenuPopup } from '../ui/menu-popup'

const FORMATS = ['m3u8', 'xspf', 'jspf'] as const

/** The playlist as a file that other players read. */
export function Export({ playlist }: { playlist: OpenPlaylist }) {
  const t = useTranslations('playlist')
  const trigger = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const take = async (format: (typeof FORMATS)[number]) => {
    try {
      const { data } = await exportPlaylist({
        path: { playlist_id: playlist.id },
        query: { format },
        parseAs: 'blob',
        throwOnError: true,
      })
      // `parseAs` is not known to the generated type.
      save(data as unknown as Blob, fileName(playlist.title, format))
    } catch (error) {
      fail(error)
    }
  }
  return (
    <>
      <IconButton ref={trigger} label={t('export')} aria-haspopup="menu" onPress={() => setOpen(true)}>
        <Download aria-hidden="true" />
      </IconButton>
      <MenuPopup
        label={t('export')}
        opened={{ trigger, isOpen: open, onOpenChange: setOpen }}
        entries={FORMATS.map((format) => ({ id: format, label: t(`formats.${format}`), run: () => void take(format) }))}
      />
    </>
  )
}
