import { describe } from 'vitest'
import { logLinesContract } from '../../src/ingest/load/log-lines.contract.ts'
import { onEachWarehouse } from '../harness/each-warehouse.ts'

onEachWarehouse((server) => {
  describe('log lines', () => logLinesContract(server))
})
