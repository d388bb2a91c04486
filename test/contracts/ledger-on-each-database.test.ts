import { describe } from 'vitest'
import { pushStoreContract } from '../../src/ingest/receive/push-store.contract.ts'
import { cadenceContract } from '../../src/ledger/cadences.contract.ts'
import { keptLogsContract } from '../../src/ledger/kept-logs.contract.ts'
import { loadCopiesContract } from '../../src/ledger/load-copies.contract.ts'
import { refusedBatchesContract } from '../../src/ledger/refused-batches.contract.ts'
import { rollUpsContract } from '../../src/ledger/roll-ups.contract.ts'
import { onEachDatabase } from '../harness/each-database.ts'
import { headerLinesContract } from './header-lines.contract.ts'
import { ledgerContract } from './ledger.contract.ts'
import { pastVersionsContract } from './past-versions.contract.ts'
import { sourceOfAccountContract } from './source-of-account.contract.ts'

onEachDatabase((name, createPlace) => {
  describe(`${name} as a Database`, () => {
    describe('the ledger', () => ledgerContract(createPlace))
    describe('roll-ups in the ledger', () => rollUpsContract(createPlace))
    describe('refused batches', () => refusedBatchesContract(createPlace))
    describe('past versions', () => pastVersionsContract(createPlace))
    describe('copies of loads', () => loadCopiesContract(createPlace))
    describe('kept logs', () => keptLogsContract(createPlace))
    describe('cadences of sources', () => cadenceContract(createPlace))
    describe('a ledger from before', () => sourceOfAccountContract(createPlace))
    describe('header lines of a ledger from before', () => headerLinesContract(createPlace))
    describe('keys of pushes', () => pushStoreContract(createPlace))
  })
})
