/**
 * What each template must say of its main points, copied once more from the sources by hand and not from the files:
 * `point | table address type order scale unit`. Two people who copy a list seldom make the same slip.
 */
export const TEMPLATE_FACTS: Readonly<Record<string, { params?: Record<string, unknown>; facts: readonly string[] }>> =
  {
    'schneider-iem3000@1': {
      facts: [
        'power | holding 3059 float32 ABCD 1 kW',
        'voltage_l1 | holding 3027 float32 ABCD 1 V',
        'current_l1 | holding 2999 float32 ABCD 1 A',
        'frequency | holding 3109 float32 ABCD 1 Hz',
        'energy_delivered | holding 3203 int64 ABCD 1 Wh',
        'energy_received | holding 3207 int64 ABCD 1 Wh',
      ],
    },
    'schneider-pm5000@1': {
      facts: [
        'power | holding 3059 float32 ABCD 1 kW',
        'voltage_l3 | holding 3031 float32 ABCD 1 V',
        'current_l2 | holding 3001 float32 ABCD 1 A',
        'frequency | holding 3109 float32 ABCD 1 Hz',
        'power_factor | holding 3191 float32 ABCD 1 1',
        'energy_delivered | holding 3203 int64 ABCD 1 Wh',
        'energy_received | holding 3207 int64 ABCD 1 Wh',
      ],
    },
    'schneider-pm8000@1': {
      facts: [
        'power | holding 3059 float32 ABCD 1 kW',
        'voltage_l1 | holding 3027 float32 ABCD 1 V',
        'power_factor | holding 3191 float32 ABCD 1 1',
        'energy_received | holding 3207 int64 ABCD 1 Wh',
      ],
    },
    'schneider-ion7650@1': {
      params: { currentScale: 0.1, voltageScale: 0.1, frequencyScale: 0.1, powerScale: 0.1, energyScale: 1 },
      facts: [
        'power | holding 203 int32 ABCD 0.1 kW',
        'energy_delivered | holding 229 int32 ABCD 1 kWh',
        'energy_received | holding 231 int32 ABCD 1 kWh',
        'voltage_l1 | holding 165 uint32 ABCD 0.1 V',
        'current_l3 | holding 151 uint16 ABCD 0.1 A',
        'frequency | holding 158 uint16 ABCD 0.1 Hz',
      ],
    },
    'schneider-pm1000@1': {
      params: { wordOrder: 'CDAB' },
      facts: [
        'power | holding 3902 float32 CDAB 1 W',
        'energy_forward | holding 3960 float32 CDAB 1 Wh',
        'energy_reverse | holding 3968 float32 CDAB 1 Wh',
        'voltage_l2 | holding 3940 float32 CDAB 1 V',
        'current_l1 | holding 3928 float32 CDAB 1 A',
        'frequency | holding 3914 float32 CDAB 1 Hz',
        'power_factor | holding 3906 float32 CDAB 1 1',
      ],
    },
    'sel-735@1': {
      params: { voltageUnit: 'kV', powerUnit: 'kW' },
      facts: [
        'power | holding 370 int32 ABCD 0.01 kW',
        'voltage_l2 | holding 360 int32 ABCD 0.01 kV',
        'current_l3 | holding 354 int32 ABCD 0.01 A',
      ],
    },
    'siemens-pac@1': {
      facts: [
        'power | holding 65 float32 ABCD 1 W',
        'energy_import | holding 801 float64 ABCD 1 Wh',
        'energy_export | holding 809 float64 ABCD 1 Wh',
        'energy_export_t2 | holding 813 float64 ABCD 1 Wh',
        'voltage_l1 | holding 1 float32 ABCD 1 V',
        'current_l1 | holding 13 float32 ABCD 1 A',
        'frequency | holding 55 float32 ABCD 1 Hz',
        'power_factor | holding 69 float32 ABCD 1 1',
      ],
    },
    'abb-a-b-series@1': {
      facts: [
        'power | holding 23316 int32 ABCD 0.01 W',
        'energy_import | holding 20480 uint64 ABCD 0.01 kWh',
        'energy_export | holding 20484 uint64 ABCD 0.01 kWh',
        'voltage_l2 | holding 23298 uint32 ABCD 0.1 V',
        'current_l1 | holding 23308 uint32 ABCD 0.01 A',
        'frequency | holding 23340 uint16 ABCD 0.01 Hz',
        'power_factor | holding 23354 int16 ABCD 0.001 1',
      ],
    },
    'janitza-umg96rm@1': {
      facts: [
        'power | holding 19026 float32 ABCD 1 W',
        'energy_consumed | holding 19068 float32 ABCD 1 Wh',
        'energy_delivered | holding 19076 float32 ABCD 1 Wh',
        'voltage_l1 | holding 19000 float32 ABCD 1 V',
        'current_l1 | holding 19012 float32 ABCD 1 A',
        'frequency | holding 19050 float32 ABCD 1 Hz',
      ],
    },
    'janitza-umg511@1': {
      facts: [
        'power | holding 3925 float32 ABCD 1 W',
        'energy_delivered | holding 19076 float32 ABCD 1 Wh',
        'voltage_l1 | holding 3845 float32 ABCD 1 V',
        'current_l1 | holding 3853 float32 ABCD 1 A',
        'frequency | holding 3995 float32 ABCD 1 Hz',
      ],
    },
    'janitza-umg604@1': {
      facts: [
        'power | holding 1369 float32 ABCD 1 W',
        'energy_consumed | holding 9851 float32 ABCD 1 Wh',
        'energy_delivered | holding 9863 float32 ABCD 1 Wh',
        'voltage_l3 | holding 1321 float32 ABCD 1 V',
        'current_l2 | holding 1327 float32 ABCD 1 A',
        'frequency | holding 1439 float32 ABCD 1 Hz',
      ],
    },
    'janitza-b23@1': {
      facts: [
        'power | holding 19026 float32 ABCD 1 W',
        'energy_import | holding 19068 float32 ABCD 1 Wh',
        'energy_export | holding 19076 float32 ABCD 1 Wh',
        'voltage_l1 | holding 19000 float32 ABCD 1 V',
        'frequency | holding 19050 float32 ABCD 1 Hz',
      ],
    },
    'carlo-gavazzi-em24@1': {
      facts: [
        'power | input 40 int32 CDAB 0.1 W',
        'energy_import | input 62 int32 CDAB 0.1 kWh',
        'energy_export | input 92 int32 CDAB 0.1 kWh',
        'voltage_l3 | input 4 int32 CDAB 0.1 V',
        'current_l1 | input 12 int32 CDAB 0.001 A',
        'frequency | input 55 int16 ABCD 0.1 Hz',
        'power_factor | input 53 int16 ABCD 0.001 1',
      ],
    },
    'carlo-gavazzi-em300@1': {
      facts: [
        'power | input 40 int32 CDAB 0.1 W',
        'energy_import | input 52 int32 CDAB 0.1 kWh',
        'energy_export | input 78 int32 CDAB 0.1 kWh',
        'voltage_l1 | input 0 int32 CDAB 0.1 V',
        'current_l3 | input 16 int32 CDAB 0.001 A',
        'frequency | input 51 int16 ABCD 0.1 Hz',
        'power_factor | input 49 int16 ABCD 0.001 1',
      ],
    },
    'eastron-sdm630@1': {
      facts: [
        'power | input 52 float32 ABCD 1 W',
        'energy_import | input 72 float32 ABCD 1 kWh',
        'energy_export | input 74 float32 ABCD 1 kWh',
        'voltage_l2 | input 2 float32 ABCD 1 V',
        'current_l1 | input 6 float32 ABCD 1 A',
        'frequency | input 70 float32 ABCD 1 Hz',
        'power_factor | input 62 float32 ABCD 1 1',
      ],
    },
    'acrel-adw300@1': {
      params: { currentRatio: 40, voltageRatio: 1 },
      facts: [
        'power | holding 36 int32 ABCD 40 W',
        'energy_import | holding 62 int32 ABCD 0.4 kWh',
        'energy_export | holding 64 int32 ABCD 0.4 kWh',
        'voltage_l1 | holding 20 uint16 ABCD 0.1 V',
        'current_l3 | holding 28 uint16 ABCD 0.4 A',
      ],
    },
    'socomec-countis-e@1': {
      facts: [
        'power | holding 50536 int32 ABCD 0.01 kW',
        'voltage_l1 | holding 50520 uint32 ABCD 0.01 V',
        'energy_import | holding 50946 uint32 ABCD 0.01 kWh',
        'energy_export | holding 50952 uint32 ABCD 0.01 kWh',
      ],
    },
    'camille-bauer-aplus@1': {
      facts: ['power | holding 133 float32 CDAB 1 W', 'frequency | holding 157 float32 CDAB 1 Hz'],
    },
    'sunspec-meter@1': {
      params: { modelAddress: 40_070, currentSf: -1, voltageSf: -1, frequencySf: -2, powerSf: 2, energySf: 0 },
      facts: [
        'power | holding 40088 int16 ABCD 100 W',
        'energy_export | holding 40108 uint32 ABCD 1 Wh',
        'energy_import | holding 40116 uint32 ABCD 1 Wh',
        'voltage_l1 | holding 40078 int16 ABCD 0.1 V',
        'current_l1 | holding 40073 int16 ABCD 0.1 A',
        'frequency | holding 40086 int16 ABCD 0.01 Hz',
      ],
    },
    'sunspec-meter-float@1': {
      params: { modelAddress: 40_070 },
      facts: [
        'power | holding 40098 float32 ABCD 1 W',
        'energy_export | holding 40130 float32 ABCD 1 Wh',
        'energy_import | holding 40138 float32 ABCD 1 Wh',
        'voltage_l3 | holding 40086 float32 ABCD 1 V',
        'frequency | holding 40096 float32 ABCD 1 Hz',
      ],
    },
    'generic-hydro-plc@1': {
      facts: [
        'flow | holding 3000 float32 ABCD 1 m3/s',
        'head | holding 3002 float32 ABCD 1 m',
        'power | holding 3004 float32 ABCD 1 kW',
        'energy_export | holding 3006 uint32 ABCD 1 kWh',
        'energy_import | holding 3008 uint32 ABCD 1 kWh',
        'gate | holding 3010 int16 ABCD 0.01 %',
        'status | holding 3011 uint16 ABCD 1 ',
        'water_temp | holding 3012 int16 ABCD 0.1 Cel',
        'ph | holding 3013 uint16 ABCD 0.01 pH',
        'turbidity | holding 3014 uint16 ABCD 0.1 NTU',
      ],
    },
  };
