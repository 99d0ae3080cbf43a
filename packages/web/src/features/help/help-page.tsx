import { refusals, type RefusalCode } from '@takeback/protocol/refusals.ts'
import { t } from '../../texts/t.ts'
import { NotFound } from '../../ui/not-found.tsx'
import { Pane, usePageTitle } from '../../ui/pane.tsx'
import { textOf } from '../../ui/refusal-card.tsx'
import styles from './help.module.css'

const isCode = (code: string): code is RefusalCode => Object.hasOwn(refusals, code)

/** What a refusal means, from the same catalogue that refuses. */
export function HelpPage({ code }: { code: string }) {
  usePageTitle(t('help.title'))
  return (
    <Pane heading={<h1>{t('help.title')}</h1>} backTo="/" backOnPhoneOnly={false}>
      {isCode(code) ? <Help code={code} /> : <NotFound heading="h2" />}
    </Pane>
  )
}

function Help({ code }: { code: RefusalCode }) {
  const { fixed_by, remedies, retryable } = refusals[code]
  return (
    <div className={styles['page']}>
      <h2>{textOf(code)}</h2>
      {fixed_by.length > 0 && (
        <section>
          <h3>{t('help.who_can_fix')}</h3>
          <ul>
            {fixed_by.map((who) => (
              <li key={who}>{t(`help.fixed_by.${who}`)}</li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{t('help.what_to_do')}</h3>
        <ul>
          {remedies.map((remedy) => (
            <li key={remedy}>{t(`remedies.${remedy}`)}</li>
          ))}
          {retryable && <li>{t('help.retryable')}</li>}
          {remedies.length === 0 && !retryable && <li>{t('help.nothing_to_do')}</li>}
        </ul>
      </section>
      <p className={styles['code']}>{t('help.code', { code })}</p>
    </div>
  )
}
