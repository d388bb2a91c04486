import { expect, it } from 'vitest'
import { sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { rejectionReasons } from './rejection-reasons.ts'

it('says of every reason that a line can have what it means, in the order in which lines are tested', () => {
  const statement = sqlFile(import.meta.url, '../../load/checked-lines.sql')
  const branches = /multiIf\(\s+line IN([\s\S]*?)'' ?\) AS reason/.exec(statement)?.[1] ?? ''
  const named = [...branches.matchAll(/, '([a-z_]+)',$/gm)].map(([, name = '']) => name)
  expect(named).toHaveLength(19)
  expect(named).toEqual(Object.keys(rejectionReasons))
})
