import { t } from '../texts/t.ts'
import { Late } from './late.tsx'
import styles from './skeleton.module.css'
import { VisuallyHidden } from './visually-hidden.tsx'

/** Grey rows of a list that is on its way. */
export function SkeletonRows({ count = 6 }: { count?: number }) {
  return (
    <Late>
      <div role="status">
        <VisuallyHidden>{t('app.loading')}</VisuallyHidden>
        {Array.from({ length: count }, (_, index) => (
          <div className={styles['row']} key={index} aria-hidden="true">
            <span className={styles['disc']} />
            <span className={styles['lines']}>
              <span />
              <span />
            </span>
          </div>
        ))}
      </div>
    </Late>
  )
}
