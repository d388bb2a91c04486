import { describe } from 'vitest'
import { sumsContract } from '../../src/usage/figures/sums.contract.ts'
import { byDomainContract } from '../../src/usage/rows/by-domain.contract.ts'
import { onEachWarehouse } from '../harness/each-warehouse.ts'

onEachWarehouse((server) => {
  describe('usage by domain', () => byDomainContract(server))
  describe('sums of usage', () => sumsContract(server))
})
