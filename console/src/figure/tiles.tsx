import type { ReactNode } from 'react'

/** Figures side by side. */
export const Tiles = ({ children }: { children: ReactNode }) => <dl className="tiles">{children}</dl>

type TileProps = { title: string; value: ReactNode; note?: ReactNode }

/** One figure with its name, and a note below. */
export function Tile({ title, value, note }: TileProps) {
  return (
    <div className="tile">
      <dt>{title}</dt>
      <dd>{value}</dd>
      {note !== undefined && <dd>{note}</dd>}
    </div>
  )
}
