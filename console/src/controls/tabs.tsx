import { Link } from 'wouter'

type Tab = { name: string; text: string; href: string }

/** Parts of a page as links: the address says which is open, so that it can be sent. */
export function Tabs({ label, tabs, open }: { label: string; tabs: readonly Tab[]; open: string }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ name, text, href }) => (
        <Link key={name} href={href} aria-current={name === open ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  )
}
