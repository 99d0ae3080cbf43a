import type { Problem } from '@takeback/protocol/refusals.ts'
import { useRef, useState, type FormEvent } from 'react'
import { useLocation } from 'wouter'
import { useSession } from '../../app.tsx'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { RefusalCard, textOf } from '../../ui/refusal-card.tsx'
import { checkSignUp, type SignUpErrors, type SignUpValues } from './checks.ts'
import styles from './welcome.module.css'

const empty: SignUpValues = { username: '', display_name: '', password: '', birth_date: '' }
const fields = ['username', 'display_name', 'password', 'birth_date'] as const

/** Today by the local calendar, ISO 8601. */
const today = () => new Date().toLocaleDateString('sv-SE')

export function SignUpForm() {
  const session = useSession()
  const [, navigate] = useLocation()
  const form = useRef<HTMLFormElement>(null)
  const [values, setValues] = useState(empty)
  const [errors, setErrors] = useState<SignUpErrors>({})
  const [taken, setTaken] = useState<string | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)

  const focus = (name: keyof SignUpValues) =>
    form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus()

  async function submit(event: FormEvent) {
    event.preventDefault()
    if (busy) return
    const found = checkSignUp(values, today())
    setErrors(found)
    setProblem(null)
    const first = fields.find((name) => found[name] !== undefined)
    if (first !== undefined) return focus(first)
    setBusy(true)
    try {
      await session.signUp({ ...values, display_name: values.display_name.trim() })
      navigate('/', { replace: true })
    } catch (error) {
      const refused = problemOf(error)
      setBusy(false)
      if (refused.code !== 'username_taken') return setProblem(refused)
      setTaken(values.username)
      focus('username')
    }
  }

  const field = (name: keyof SignUpValues) => ({
    name,
    label: t(`welcome.${name}`),
    value: values[name],
    required: true,
    error: errors[name] && t(`welcome.error.${errors[name]}`),
    onChange: (event: { target: { value: string } }) => {
      setValues({ ...values, [name]: event.target.value })
      setErrors({ ...errors, [name]: undefined })
    },
  })

  return (
    <form ref={form} className={styles['form']} onSubmit={submit} noValidate>
      <Field
        {...field('username')}
        hint={t('welcome.username_hint')}
        error={
          taken === values.username && taken !== null
            ? textOf('username_taken')
            : field('username').error
        }
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
      />
      <Field {...field('display_name')} autoComplete="name" dir="auto" />
      <Field
        {...field('password')}
        hint={t('welcome.password_hint')}
        type="password"
        autoComplete="new-password"
      />
      <Field
        {...field('birth_date')}
        hint={t('welcome.birth_date_hint')}
        type="date"
        max={today()}
        autoComplete="bday"
      />
      {problem && (
        <RefusalCard refusal={problem} actions={{ retry: () => form.current?.requestSubmit() }} />
      )}
      <Button type="submit" look="primary" size="wide" busy={busy}>
        {t('welcome.sign_up')}
      </Button>
    </form>
  )
}
