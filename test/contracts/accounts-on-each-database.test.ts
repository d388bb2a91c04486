import { describe } from 'vitest'
import { accountsContract } from '../../src/accounts/accounts.contract.ts'
import { auditLogContract } from '../../src/audit/audit-log.contract.ts'
import { clientKeyContract } from '../../src/privacy/client-key.contract.ts'
import { onEachDatabase } from '../harness/each-database.ts'
import { keyLifeContract } from './key-life.contract.ts'
import { keyLineageContract } from './key-lineage.contract.ts'
import { ownersOfAllContract } from './owners-of-all.contract.ts'

onEachDatabase((name, createPlace) => {
  describe(`${name} as a Database`, () => {
    describe('own secrets', () => clientKeyContract(createPlace))
    describe('accounts, keys and domains', () => accountsContract(createPlace))
    describe('the life of keys and accounts', () => keyLifeContract(createPlace))
    describe('keys that came of one', () => keyLineageContract(createPlace))
    describe('owners of all domains', () => ownersOfAllContract(createPlace))
    describe('the audit log', () => auditLogContract(createPlace))
  })
})
