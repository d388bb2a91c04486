import { describe } from 'vitest'
import { coverageContract } from '../../src/coverage/coverage.contract.ts'
import { fileDaysContract } from '../../src/coverage/file-days.contract.ts'
import { spanAccountsContract } from '../../src/coverage/record-span-accounts.contract.ts'
import { onEachWarehouse } from '../harness/each-warehouse.ts'

onEachWarehouse((server) => {
  describe('coverage', () => coverageContract(server))
  describe('days of daily files', () => fileDaysContract(server))
  describe('spans from before', () => spanAccountsContract(server))
})
