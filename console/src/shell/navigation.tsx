import { Link, useLocation } from 'wouter'
import { useWords } from '../language/language.ts'
import { useView } from '../view/use-view.ts'
import { useBranding } from './branding.ts'
import { pages } from './pages.ts'
import { shellWords } from './shell-words.ts'

/** The menu of pages. The view goes along from page to page. */
export function Navigation() {
  const text = useWords(shellWords)
  const [path] = useLocation()
  const { hrefOf } = useView()
  const { name, has_logo: hasLogo } = useBranding()
  return (
    <nav className="navigation" aria-label={text.pages}>
      <div className="brand">
        {hasLogo && <img src="/console/logo" alt="" />}
        <span>{name}</span>
      </div>
      <ul>
        {pages.map((page) => (
          <li key={page.path}>
            <Link href={hrefOf(page.path)} aria-current={isAt(path, page.path) ? 'page' : undefined}>
              {text[page.name]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const isAt = (path: string, page: string) => path === page || (page !== '/' && path.startsWith(`${page}/`))
