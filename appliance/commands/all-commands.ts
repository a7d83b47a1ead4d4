import { apikeyCreate, apikeyList, apikeyRevoke } from './apikey.ts';
import { backupCommand } from './backup.ts';
import { benchCommand } from './bench.ts';
import { bundleCommand } from './bundle.ts';
import type { Command } from './command.ts';
import { configExport, configImport, configValidate } from './config.ts';
import { demoCommand } from './demo.ts';
import { dryRunCommand } from './dry-run.ts';
import { encryptionChange, encryptionOff, encryptionOn } from './encryption.ts';
import { encryptionKey, encryptionOpen, encryptionStatus } from './encryption-look.ts';
import { evaluateCommand } from './evaluate.ts';
import { gapsCommand } from './gaps.ts';
import { keyDid, keyRotate, keyShow } from './key.ts';
import { keyBackup, keyRestore } from './key-backup.ts';
import { ledgerCheckpoint, ledgerConsistency, ledgerFsck, ledgerProof } from './ledger.ts';
import { ledgerCompare } from './ledger-compare.ts';
import { ledgerCosign } from './ledger-cosign.ts';
import { ledgerPack } from './ledger-pack.ts';
import { ledgerRebuild } from './ledger-rebuild.ts';
import { ledgerSalvage } from './ledger-salvage.ts';
import { meterExchange, meterList, meterReset, meterWithdraw } from './meter.ts';
import { modelList, modelTrain, modelUse } from './model.ts';
import { monthCheck, monthClose, monthList, monthShow } from './month.ts';
import { probeCommand } from './probe.ts';
import { readingsCommand } from './readings.ts';
import { replayCommand } from './replay.ts';
import { restoreCommand } from './restore.ts';
import { reviewCommand, reviewsCommand } from './review.ts';
import { signinCommand } from './signin.ts';
import { startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { syncPark, syncRetry, syncRun, syncStatus } from './sync.ts';
import { syncCarry } from './sync-carry.ts';
import { syncConfirmMainnet } from './sync-confirm-mainnet.ts';
import { syncCosts } from './sync-costs.ts';
import { syncProve } from './sync-prove.ts';
import { syncReceive } from './sync-receive.ts';
import { syncShow } from './sync-show.ts';
import { templatesList, templatesShow } from './templates.ts';
import { tokensApprove, tokensList, tokensPropose, tokensWithdraw } from './tokens.ts';
import { tokensMint } from './tokens-mint.ts';
import { tokensProve } from './tokens-prove.ts';
import { trustCommand } from './trust.ts';
import { verifyCommand } from './verify.ts';
import { versionCommand } from './version.ts';

/** Every command, in the order in which help lists them. Adding one is a file beside this and a row here. */
export const allCommands: readonly Command[] = [
  startCommand,
  demoCommand,
  statusCommand,
  readingsCommand,
  gapsCommand,
  reviewsCommand,
  reviewCommand,
  meterList,
  meterExchange,
  meterReset,
  meterWithdraw,
  monthList,
  monthShow,
  monthCheck,
  monthClose,
  signinCommand,
  trustCommand,
  apikeyCreate,
  apikeyList,
  apikeyRevoke,
  syncStatus,
  syncRun,
  syncRetry,
  syncPark,
  syncShow,
  syncCarry,
  syncReceive,
  syncProve,
  syncCosts,
  tokensList,
  tokensPropose,
  tokensApprove,
  tokensWithdraw,
  tokensMint,
  tokensProve,
  syncConfirmMainnet,
  backupCommand,
  restoreCommand,
  configValidate,
  configImport,
  configExport,
  probeCommand,
  dryRunCommand,
  templatesList,
  templatesShow,
  ledgerFsck,
  ledgerCheckpoint,
  ledgerProof,
  ledgerConsistency,
  ledgerCompare,
  ledgerCosign,
  ledgerPack,
  ledgerRebuild,
  ledgerSalvage,
  bundleCommand,
  verifyCommand,
  keyShow,
  keyRotate,
  keyBackup,
  keyRestore,
  keyDid,
  encryptionOn,
  encryptionOff,
  encryptionChange,
  encryptionStatus,
  encryptionKey,
  encryptionOpen,
  modelTrain,
  modelList,
  modelUse,
  replayCommand,
  evaluateCommand,
  benchCommand,
  versionCommand,
];
