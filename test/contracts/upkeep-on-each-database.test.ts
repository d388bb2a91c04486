import { describe } from 'vitest'
import { backupPinContract } from '../../src/upkeep/backup/backup-pin.contract.ts'
import { relocationContract } from '../../src/upkeep/relocation/relocation-store.contract.ts'
import { floorsContract } from '../../src/upkeep/retention/floors.contract.ts'
import { onEachDatabase } from '../harness/each-database.ts'

onEachDatabase((name, createPlace) => {
  describe(`${name} as a Database`, () => {
    describe('relocations', () => relocationContract(createPlace))
    describe('the pin of a backup', () => backupPinContract(createPlace))
    describe('what is kept', () => floorsContract(createPlace))
  })
})
