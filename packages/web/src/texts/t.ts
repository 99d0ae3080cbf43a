import { createInstance } from 'i18next'
import { en } from './en.ts'

const texts = createInstance({
  lng: 'en',
  defaultNS: 'app',
  ns: ['app'],
  resources: { en: { app: en } },
  // React writes text nodes, which need no escaping.
  interpolation: { escapeValue: false },
  initAsync: false,
})
void texts.init()

/** A text of the app by its key; keys and plurals are checked by the compiler. */
export const t = texts.t
