import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { IconButton } from './button'
import styles from './dialog.module.css'

interface Props {
  title: string
  close: () => void
  sheet?: boolean
  hideTitle?: boolean
  children: ReactNode
}

/** A dialog in the middle, or a sheet from the side (from below on a phone), whose content has the button that closes it. */
export function Dialog({ title, close, sheet, hideTitle, children }: Props) {
  const t = useTranslations('action')
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && close()} className={styles.overlay ?? ''}>
      <Modal className={`${styles.modal} ${sheet ? styles.sheet : ''}`}>
        <AriaDialog className={styles.dialog ?? ''}>
          <div className={styles.top}>
            <Heading slot="title" className={hideTitle ? 'hidden' : ''}>
              {title}
            </Heading>
            {!sheet && (
              <IconButton size="small" label={t('close')} onPress={close} className={styles.close ?? ''}>
                <X aria-hidden="true" />
              </IconButton>
            )}
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
