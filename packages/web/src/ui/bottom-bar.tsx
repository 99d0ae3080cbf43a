import { Link, useLocation } from 'wouter'
import { useConversations } from '../live.ts'
import { t } from '../texts/t.ts'
import styles from './bottom-bar.module.css'
import { InboxIcon, PeopleIcon, ProfileIcon } from './icons.ts'
import { VisuallyHidden } from './visually-hidden.tsx'

const places = [
  { href: '/', key: 'inbox', icon: InboxIcon },
  { href: '/people', key: 'people', icon: PeopleIcon },
  { href: '/profile', key: 'profile', icon: ProfileIcon },
] as const

const currentAt = (href: string, location: string) =>
  location === href ? 'page' : href === '/' && location === '/requests' ? 'true' : undefined

export function BottomBar() {
  const [location] = useLocation()
  const unread = useConversations('inbox').filter((each) => each.unread_count > 0).length
  return (
    <nav className={styles['bar']} aria-label={t('app.navigation')}>
      {places.map(({ href, key, icon: Icon }) => (
        <Link
          key={key}
          href={href}
          className={styles['place']}
          aria-current={currentAt(href, location)}
        >
          <span className={styles['icon']}>
            <Icon size={24} aria-hidden="true" />
            {key === 'inbox' && unread > 0 && <span className={styles['dot']} />}
          </span>
          <span>{t(`app.${key}`)}</span>
          {key === 'inbox' && unread > 0 && (
            <VisuallyHidden>({t('app.unread_conversations', { count: unread })})</VisuallyHidden>
          )}
        </Link>
      ))}
    </nav>
  )
}
