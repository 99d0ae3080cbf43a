import { useState } from 'react'
import { t } from '../../texts/t.ts'
import { CloseIcon } from '../../ui/icons.ts'
import { readDismissed, rememberDismissed } from './dismissed.ts'
import styles from './incident-line.module.css'
import { newestOpen } from './newest-open.ts'
import { useIncidents } from './use-incidents.ts'

/** What the operator says is going on: one thin line in the place of the connection line. */
export function IncidentLine() {
  const incidents = useIncidents()
  const [dismissed, setDismissed] = useState(readDismissed)
  const incident = newestOpen(incidents, dismissed)

  return (
    <div
      className={styles['place']}
      role="status"
      data-testid="incident"
      data-incident-line={incident?.kind}
    >
      {incident && (
        <p className={`${styles['line']} ${styles[incident.kind]}`}>
          {/* A page of the service's own, which must also show when the app does not. */}
          <a className={styles['link']} href="/status">
            <span className={styles['words']}>
              {incident.kind === 'incident' && `${t('status.incident')} `}
              <bdi>{incident.title}</bdi>
            </span>
          </a>
          {incident.kind === 'announcement' && (
            <button
              type="button"
              className={styles['dismiss']}
              aria-label={t('status.dismiss')}
              title={t('status.dismiss')}
              onClick={() => setDismissed(rememberDismissed(incident.id))}
            >
              <CloseIcon size={16} aria-hidden="true" />
            </button>
          )}
        </p>
      )}
    </div>
  )
}
