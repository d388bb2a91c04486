import { QueryClientProvider } from '@tanstack/react-query'
import { Suspense, useEffect, useState } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { answers } from '../api/answers.ts'
import { useIsReached } from '../api/connection.ts'
import { controlWords } from '../controls/words.ts'
import { initialLanguage, keepLanguage, type Language, LanguageContext, useWords } from '../language/language.ts'
import { Session } from '../session/session.tsx'
import { useBranding } from './branding.ts'
import { FailureBoundary } from './failure-boundary.tsx'
import { FilterBar } from './filter-bar.tsx'
import { Navigation } from './navigation.tsx'
import { pages } from './pages.ts'
import { Preferences } from './preferences.tsx'
import { shellWords } from './shell-words.ts'

/** The whole console. */
export function App() {
  const [language, setLanguage] = useState(initialLanguage)
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  }, [language])
  const choose = (chosen: Language) => {
    keepLanguage(chosen)
    setLanguage(chosen)
  }
  return (
    <QueryClientProvider client={answers}>
      <LanguageContext value={language}>
        <Lost />
        <Session>
          <Frame onLanguage={choose} />
        </Session>
      </LanguageContext>
    </QueryClientProvider>
  )
}

/** Says that the server does not answer, and goes away when it does. */
function Lost() {
  const text = useWords(shellWords)
  const isReached = useIsReached()
  return <div role="status">{!isReached && <p className="banner">{text.lost}</p>}</div>
}

function Frame({ onLanguage }: { onLanguage(language: Language): void }) {
  const text = useWords(shellWords)
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {text.skip}
      </a>
      <aside className="side">
        <Navigation />
        <Preferences onLanguage={onLanguage} />
      </aside>
      <div className="body">
        <FilterBar />
        <main id="content" tabIndex={-1}>
          <Content />
        </main>
      </div>
    </div>
  )
}

function Content() {
  const text = useWords(shellWords)
  const { loading } = useWords(controlWords)
  const [path] = useLocation()
  const { name } = useBranding()
  const page = pages.find((one) => one.path === `/${path.split('/')[1]}`)
  const title = page ? text[page.name] : text.notFound
  useEffect(() => {
    document.title = `${title} · ${name}`
  }, [title, name])
  return (
    <FailureBoundary key={path} text={text.broken}>
      <h1>{title}</h1>
      <Suspense fallback={<p className="awaited">{loading}</p>}>
        <Switch>
          {pages.map(({ path: at, Content: Page }) => (
            <Route key={at} path={at === '/' ? at : `${at}/*?`} component={Page} />
          ))}
        </Switch>
      </Suspense>
    </FailureBoundary>
  )
}
