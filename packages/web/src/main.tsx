import './ui/tokens.css'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { openDevice } from './device.ts'
import { rememberAccount } from './account-memory.ts'
import { createSession } from './session.ts'
import { applyTheme, readTheme } from './ui/theme.ts'

applyTheme(readTheme())

const session = createSession({ openDevice, memory: rememberAccount(localStorage) })
void session.start()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root.')
createRoot(root).render(
  <StrictMode>
    <App session={session} />
  </StrictMode>,
)
