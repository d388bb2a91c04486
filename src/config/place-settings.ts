import {
  type DeliveryArea,
  deliveryAreas,
  type UnknownClientArea,
  unknownClientAreas,
} from '../statistics/service-areas.ts'

const option = (flag: string, value: string, meaning: string, fallback: string) => ({ flag, value, meaning, fallback })

/** Settings for clients' places, as rows of the table of options. */
export const placeOptions = [
  option(
    'service-area',
    'AREA',
    'Service area of logs whose delivery names none: by_country of each client, mainland_china, or outside_mainland_china',
    'by_country',
  ),
  option(
    'unknown-client-area',
    'AREA',
    'Service area, where it is by country, of clients whose country nobody knows: mainland_china or outside_mainland_china',
    'mainland_china',
  ),
  option('geo', 'ON', 'on: clients are located by their addresses; off: by what the log says alone', 'on'),
]

export type PlaceConfig = { serviceArea: DeliveryArea; unknownClientArea: UnknownClientArea; geoOn: boolean }

/** @throws ConfigError naming the flag */
export const parsePlaceConfig = (oneOf: <T extends string>(flag: string, allowed: readonly T[]) => T): PlaceConfig => ({
  serviceArea: oneOf('service-area', deliveryAreas),
  unknownClientArea: oneOf('unknown-client-area', unknownClientAreas),
  geoOn: oneOf('geo', ['on', 'off']) === 'on',
})
