import type { Problem } from '@takeback/protocol/refusals.ts'
import { useRef, useState, type FormEvent } from 'react'
import { useSession } from '../../app.tsx'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { RefusalCard } from '../../ui/refusal-card.tsx'
import styles from './welcome.module.css'

export function SignInForm() {
  const session = useSession()
  const form = useRef<HTMLFormElement>(null)
  const passwordRef = useRef<HTMLInputElement>(null)
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [tried, setTried] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (busy) return
    setTried(true)
    setProblem(null)
    if (username.trim() === '' || password === '') return
    setBusy(true)
    try {
      await session.signIn({ username: username.trim(), password })
    } catch (error) {
      setBusy(false)
      setProblem(problemOf(error))
    }
  }

  function correct() {
    setProblem(null)
    passwordRef.current?.focus()
    passwordRef.current?.select()
  }

  const missing = (value: string) => (tried && value === '' ? t('welcome.error.required') : null)
  return (
    <form ref={form} className={styles['form']} onSubmit={submit} noValidate>
      <Field
        label={t('welcome.username')}
        name="username"
        value={username}
        error={missing(username.trim())}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        onChange={(event) => setUsername(event.target.value)}
      />
      <Field
        ref={passwordRef}
        label={t('welcome.password')}
        name="password"
        type="password"
        value={password}
        error={missing(password)}
        autoComplete="current-password"
        required
        onChange={(event) => setPassword(event.target.value)}
      />
      {problem && (
        <RefusalCard
          refusal={problem}
          actions={{ correct_input: correct, retry: () => form.current?.requestSubmit() }}
        />
      )}
      <Button type="submit" look="primary" size="wide" busy={busy}>
        {t('welcome.sign_in')}
      </Button>
    </form>
  )
}
