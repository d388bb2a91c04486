import { onEachWarehouse } from '../harness/each-warehouse.ts'
import { privacyContract } from './privacy.contract.ts'

onEachWarehouse(privacyContract)
