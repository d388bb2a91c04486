import { Link, useLocation, useSearch } from 'wouter'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import '../../styles/exports-page.css'
import { ExportForm } from './export-form.tsx'
import { TaskDetail } from './task-detail.tsx'
import { TaskList } from './task-list.tsx'
import { exportWords } from './words.ts'

/** Export tasks: the form of a new one, the list of them, or all about one. */
export function Page() {
  const text = useWords(exportWords)
  const [path] = useLocation()
  const query = new URLSearchParams(useSearch())
  const { hrefOf } = useView()
  const taskId = path.split('/')[2] || query.get('task')
  if (taskId) return <TaskDetail key={taskId} taskId={decodeURIComponent(taskId)} />
  return (
    <div className="page">
      {query.has('new') ? (
        <ExportForm />
      ) : (
        <p>
          <Link href={hrefOf('/exports', { new: 'reports_detail' })} className="button primary">
            {text.new}
          </Link>
        </p>
      )}
      <TaskList />
    </div>
  )
}
