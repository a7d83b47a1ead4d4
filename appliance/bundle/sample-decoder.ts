import type { DecodeRecipe } from '../../core/acquisition/sample.ts';
import type { Redecoded, SampleDecoder } from '../../core/evidence/sample-pass.ts';
import { type Decimal, parseDecimal, toNumber, toText } from '../../core/model/decimal.ts';
import { decodeRaw } from '../../drivers/csv/decode.ts';
import { loadParser } from '../../drivers/csv/dialect.ts';
import { asCsvRecipe } from '../../drivers/csv/recipe.ts';
import { decodeValue, type HttpRecipe } from '../../drivers/http/decode-value.ts';
import { decoderOf as modbusDecoder } from '../../drivers/modbus/decode.ts';
import { asModbusRecipe } from '../../drivers/modbus/recipe.ts';
import { decode as decodeMqtt } from '../../drivers/mqtt/decode.ts';
import { asMqttRecipe } from '../../drivers/mqtt/recipe.ts';
import { asSparkplugRecipe, decodeSparkplug } from '../../drivers/mqtt/sparkplug-decode.ts';
import { decoderOf as opcuaDecoder } from '../../drivers/opcua/decode.ts';
import { asOpcUaRecipe } from '../../drivers/opcua/recipe.ts';
import { decoderOf as s7Decoder } from '../../drivers/s7/decode.ts';
import { asS7Recipe } from '../../drivers/s7/recipe.ts';

type Decode = (raw: Uint8Array) => Redecoded | undefined;

/** Decodes raw bytes again by the recipe that stands beside them: each driver's own way, by what the plant used too. */
export async function createSampleDecoder(): Promise<SampleDecoder> {
  const parser = await loadParser();
  const byDriver: Readonly<Record<string, (recipe: DecodeRecipe) => Decode>> = {
    'modbus-tcp': modbus,
    'modbus-rtu': modbus,
    'modbus-rtu-over-tcp': modbus,
    s7(recipe) {
      const decoder = s7Decoder(asS7Recipe(recipe));
      return (raw) => redecoded(decoder.value(raw), () => decoder.register?.(raw));
    },
    opcua(recipe) {
      const decode = opcuaDecoder(asOpcUaRecipe(recipe));
      return (raw) => ofParts(decode(raw));
    },
    mqtt(recipe) {
      const known = asMqttRecipe(recipe);
      return (raw) => ofParts(decodeMqtt(known, raw));
    },
    'sparkplug-b'(recipe) {
      const known = asSparkplugRecipe(recipe);
      return (raw) => ofParts(decodeSparkplug(known, raw));
    },
    csv(recipe) {
      const known = asCsvRecipe(recipe);
      return (raw) => ofParts(decodeRaw(known, raw, parser));
    },
    http(recipe) {
      return (raw) => {
        const decoded = decodeValue(raw, recipe as HttpRecipe);
        if (decoded.kind === 'none') return undefined;
        // A pushed number is exact whatever its point is; the register is compared where the sample has one.
        return redecoded(decoded.value, () => (decoded.kind === 'number' ? decoded.exact : undefined));
      };
    },
    simulator,
  };
  return (recipe) => byDriver[String(recipe.driver)]?.(recipe as DecodeRecipe);
}

function modbus(recipe: DecodeRecipe): Decode {
  const decoder = modbusDecoder(asModbusRecipe(recipe));
  return (raw) => redecoded(decoder.value(raw, 0), () => decoder.register?.(raw, 0));
}

/** A simulated device writes numbers in the three forms that its recipe names. */
function simulator({ type, scale, map }: DecodeRecipe): Decode {
  return (raw) => {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    if (type === 'float64') return { value: view.getFloat64(0) };
    if (type === 'uint8') return { value: String((map as Readonly<Record<string, string>>)[String(view.getUint8(0))]) };
    const places = parseDecimal(String(scale))?.places ?? 0;
    const register = { digits: view.getBigUint64(0), places };
    return { value: toNumber(register), register: toText(register) };
  };
}

function redecoded(value: number | string | object, register: () => Decimal | undefined): Redecoded | undefined {
  if (typeof value === 'object') return undefined;
  const exact = register();
  return exact === undefined ? { value } : { value, register: toText(exact) };
}

/** What the drivers that give value and register together say; a fault or a complaint has no value. */
function ofParts(decoded: object): Redecoded | undefined {
  const { value, register } = decoded as { value?: number | string; register?: Decimal };
  return value === undefined ? undefined : redecoded(value, () => register);
}
