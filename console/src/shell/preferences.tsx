import { useState } from 'react'
import { Select } from '../controls/field.tsx'
import { type Language, useLanguage, useWords } from '../language/language.ts'
import { initialTheme, showTheme, themes } from '../language/theme.ts'
import { useOwnAccount } from '../session/own-account.ts'
import { signOut } from '../session/session.tsx'
import { shellWords } from './shell-words.ts'

/** Language, theme, and the way out. */
export function Preferences({ onLanguage }: { onLanguage(language: Language): void }) {
  const text = useWords(shellWords)
  const language = useLanguage()
  const { name, role } = useOwnAccount()
  const [theme, setTheme] = useState(initialTheme)
  const names = { system: text.system_theme, light: text.light, dark: text.dark }
  return (
    <div className="preferences">
      <Select
        label={text.language}
        value={language}
        choices={[
          { value: 'en', text: 'English' },
          { value: 'zh', text: '中文' },
        ]}
        onChange={onLanguage}
      />
      <Select
        label={text.theme}
        value={theme}
        choices={themes.map((one) => ({ value: one, text: names[one] }))}
        onChange={(chosen) => {
          showTheme(chosen)
          setTheme(chosen)
        }}
      />
      <p className="quiet">{text.signedInAs(`${name} (${role})`)}</p>
      <button type="button" onClick={() => void signOut(false)}>
        {text.signOut}
      </button>
      <button type="button" onClick={() => void signOut(true)}>
        {text.signOutEverywhere}
      </button>
    </div>
  )
}
