import type { CSSProperties } from 'react'
import { hueOf, initials } from '../format/names.ts'
import styles from './avatar.module.css'

interface AvatarProps {
  id: string
  name: string
  size?: 16 | 28 | 36 | 48 | 88
}

/** Initials on a colour that stays with the person. The name stands beside it, so it is not read out. */
export function Avatar({ id, name, size = 48 }: AvatarProps) {
  const style = { '--hue': hueOf(id), '--size': `${size}px` } as CSSProperties
  return (
    <span className={styles['avatar']} style={style} aria-hidden="true">
      {size > 16 ? initials(name) : initials(name).slice(0, 1)}
    </span>
  )
}
