import type { Quantity, QuantityKind } from '../model/quantity.ts';
import type { FeeSchedule } from './fee-schema.ts';
import type { SealConfig } from './seal-schema.ts';
import type { TokensConfig } from './token-schema.ts';
import type { WaterBandConfig } from './water-bands.ts';
import type { AccuracyConfig, WitnessesConfig } from './witnesses.ts';

/** plant.yaml after validation. Durations are milliseconds, everything else stands as the operator wrote it. */
export interface PlantConfig {
  readonly version: 1;
  readonly plant: PlantIdentity;
  readonly intervalMs: number;
  readonly units: readonly UnitConfig[];
  readonly devices: readonly DeviceConfig[];
  /** What stands beside the units of the whole plant: the plant's meter, the level, the inflow. */
  readonly witnesses?: WitnessesConfig;
  /** What is usual of the water at the site, by month; the first that fits holds. */
  readonly waterBands?: readonly WaterBandConfig[];
  /** Where this computer's clock is compared; nothing is asked unless it is here. */
  readonly clock?: ClockConfig;
  /** How persons decide on readings; absent: one person is enough. */
  readonly review?: ReviewConfig;
  /** Where and how often the ledger is copied; absent: only when somebody asks. */
  readonly backup?: BackupConfig;
  /** How long raw samples are kept beside the ledger. */
  readonly samples?: SamplesConfig;
  /** Delivery targets, kept as validated; the sync stage reads them. */
  readonly sync?: SyncConfig;
}

export interface ClockConfig {
  /** Time servers: `host` or `host:port`. */
  readonly ntp: readonly string[];
}

export interface ReviewConfig {
  /** A decision on a reading counts only once a second, different person agreed. */
  readonly fourEyes: boolean;
}

export interface BackupConfig {
  /** Absolute path: a stick, a second disk, a share. */
  readonly folder: string;
  readonly everyMs: number;
  /** So many backups stay in the folder. */
  readonly keep: number;
}

export interface SamplesConfig {
  /** Raw samples of days that ended so long ago may be deleted once they are sealed. */
  readonly keepMs: number;
  /** Above so many bytes the oldest go before their time; absent: no cap. */
  readonly maxBytes?: number;
}

/** Kept where plant.yaml says nothing: 400 days, so that a year can be looked into when its report is checked. */
export const SAMPLES_KEPT: SamplesConfig = { keepMs: 400 * 86_400_000 };

export interface PlantIdentity {
  readonly id: string;
  readonly name: string;
  /** IANA zone, for what a person reads. Everything stored is UTC. */
  readonly timezone: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly ratedPowerKw: number;
}

export const TURBINES = ['francis', 'kaplan', 'pelton', 'propeller', 'crossflow'] as const;
export type Turbine = (typeof TURBINES)[number];

export interface UnitConfig {
  readonly id: string;
  readonly name: string;
  readonly turbine: Turbine;
  readonly ratedPowerKw: number;
  readonly ratedFlowM3s: number;
  readonly ratedHeadM: number;
  /** Guaranteed efficiency, turbine and generator together: pairs of fraction of rated flow and efficiency 0..1. */
  readonly efficiency?: readonly (readonly [number, number])[];
  /** What a test of the unit measured: flow in m3/s, net head in m, electric power in kW, in rising order of flow. */
  readonly indexTest?: readonly (readonly [flowM3s: number, headM: number, powerKw: number])[];
  /** `shared`: units on one penstock or pond, so that their heads may be compared. */
  readonly intake?: 'shared' | 'own';
  /** How well its instruments measure; what is not stated is assumed (witnesses.ts). */
  readonly accuracy?: AccuracyConfig;
  /** Quantity to `device/point`. */
  readonly signals: Readonly<Partial<Record<Quantity, string>>>;
}

export interface DeviceConfig {
  readonly id: string;
  readonly driver: string;
  /** Validated by the driver's own schema. */
  readonly connection: unknown;
  readonly periodMs: number;
  readonly points: readonly PointConfig[];
}

export interface PointConfig {
  /** `device/point`, e.g. `plc1/flow`. */
  readonly ref: string;
  /** The point's own name within its device. */
  readonly id: string;
  readonly unit: string;
  readonly kind: QuantityKind;
  /** For counters: the register's modulus in raw counts, before scaling. Absent when the counter never wraps. */
  readonly modulus?: bigint;
  /** For counters: the step in which the register moves, in `unit`. Absent when it is what one raw count is worth. */
  readonly resolution?: number;
  /** For counters: the device delivers the register as a floating-point number of so many bits. */
  readonly floatBits?: 32 | 64;
  /** The driver's own settings of the point (register, address, scale, map...), validated by the driver's schema. */
  readonly settings: unknown;
  /** `name@version` of the template that describes the point; absent when plant.yaml does so itself. */
  readonly template?: string;
}

export interface FileTargetConfig {
  /** Absolute path: a stick, a second disk, a share. */
  readonly folder: string;
  /** Verifier key of whoever receives the disk; absent: nobody confirms what the disk brings. */
  readonly receiver?: string | undefined;
}

/** Where evidence is delivered, one member for each target. */
export interface SyncConfig {
  readonly hedera?: HederaConfig | undefined;
  readonly file?: FileTargetConfig | undefined;
  readonly hub?: HubConfig | undefined;
  readonly seal?: SealConfig | undefined;
  readonly proxy?: ProxyConfig | undefined;
  readonly link?: LinkConfig | undefined;
}

/** A hub that keeps the entries of the ledger and signs how many it holds. */
export interface HubConfig {
  /** Of its API (docs/hub-api.yaml), `https:`, or `http:` on this computer. */
  readonly url: string;
  /** The key that the hub signs with: a C2SP cosignature key, `name+hash+base64`. */
  readonly publicKey: string;
  /** Names for the secrets: a bearer token, and certificate and key for mutual TLS. */
  readonly tokenFile?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Certificates of the authorities to trust in place of the usual public ones. */
  readonly caFile?: string | undefined;
}

/** What may go over the link out of the plant. */
export interface LinkConfig {
  /** Whether the number holds; absent: it does. */
  readonly metered?: boolean | undefined;
  readonly bytesPerDay: number;
}

/** The way out of the plant's network for everything that speaks HTTPS. */
export interface ProxyConfig {
  /** `http://host:port`, without user and password. */
  readonly url: string;
  readonly username?: string | undefined;
  /** A name for the secrets, never the password. */
  readonly passwordFile?: string | undefined;
  /** Hosts that are reached without it, as in NO_PROXY. */
  readonly except?: readonly string[] | undefined;
}

export interface HederaConfig {
  /** Either one of Hedera's networks or nodes of one's own, `host:port` to account id. */
  readonly network?: 'mainnet' | 'testnet' | 'previewnet' | undefined;
  readonly nodes?: Readonly<Record<string, string>> | undefined;
  readonly mirror?: string | undefined;
  /** How nodes of a public network are spoken to; `tls` unless said. */
  readonly transport?: 'tls' | 'plain' | undefined;
  /** Another mirror that must agree before anything counts as never having happened. */
  readonly secondMirror?: string | undefined;
  readonly operatorId: string;
  /** A name for the secrets, never the key. */
  readonly operatorKeyFile: string;
  /** With or without the checksum that was held against the network. */
  readonly topicId?: string | undefined;
  /** Present: the device's `did:hedera` is published, on this topic or on one that is made for it. */
  readonly did?: { readonly topicId?: string | undefined } | undefined;
  /** The most that the network may charge for a message. */
  readonly maxFeeHbar?: number | undefined;
  readonly anchor?: SealConfig | undefined;
  /** In place of the published ones. */
  readonly fees?: FeeSchedule | undefined;
  /** Present: certificates are minted for closed months that two persons approve. */
  readonly tokens?: TokensConfig | undefined;
}
