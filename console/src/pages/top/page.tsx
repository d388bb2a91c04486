import { Answer } from '../../controls/answer.tsx'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import '../../styles/top-page.css'
import { Choices } from './choices.tsx'
import { TopFigure } from './top-figure.tsx'
import { useTop } from './use-top.ts'
import { topWords } from './words.ts'

/** Items that rank highest: URLs, paths, referrers, user agents, addresses, domains. */
export function Page() {
  const text = useWords(topWords)
  const { view } = useView()
  const top = useTop()
  return (
    <div className="page">
      <Choices />
      {view.compare !== 'none' && <p className="quiet">{text.notCompared}</p>}
      <Answer of={top.list}>{(answer) => <TopFigure answer={answer} top={top} />}</Answer>
    </div>
  )
}
