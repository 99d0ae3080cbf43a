import { useMe } from '../../live.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { KeyboardIcon } from '../../ui/icons.ts'
import { Pane, usePageTitle } from '../../ui/pane.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { AboutYou } from './about-you.tsx'
import { BlockedPeople } from './blocked-people.tsx'
import { Devices } from './devices.tsx'
import styles from './settings.module.css'
import { SignOut } from './sign-out.tsx'
import { ThemeChoice } from './theme-choice.tsx'
import { WhoCanMessage } from './who-can-message.tsx'

export function SettingsPane({ onKeyboardHelp }: { onKeyboardHelp: () => void }) {
  const me = useMe()
  usePageTitle(t('profile.title'))
  return (
    <Pane heading={<h1>{t('settings.title')}</h1>}>
      {me === null ? (
        <SkeletonRows />
      ) : (
        <div className={styles['page']}>
          <AboutYou me={me} />
          <WhoCanMessage settings={me.settings} />
          <ThemeChoice />
          <Devices />
          <BlockedPeople />
          <SignOut />
          <Button look="quiet" className={styles['keyboard']} onClick={onKeyboardHelp}>
            <KeyboardIcon size={18} aria-hidden="true" />
            {t('settings.keyboard')}
          </Button>
        </div>
      )}
    </Pane>
  )
}
