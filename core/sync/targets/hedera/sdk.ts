import { createRequire } from 'node:module';
import type * as Sdk from '@hashgraph/sdk';

/**
 * What is used of the Hedera SDK, in its CommonJS form: as modules of the other kind the same code takes 9 MB more memory and
 * a third more time to load.
 */
export const {
  AccountId,
  Client,
  Hbar,
  PrivateKey,
  PublicKey,
  StatusError,
  Timestamp,
  TokenCreateTransaction,
  TokenId,
  TokenMintTransaction,
  TokenSupplyType,
  TokenType,
  TopicCreateTransaction,
  TopicId,
  TopicMessageSubmitTransaction,
  Transaction,
  TransactionId,
  TransactionReceiptQuery,
} = createRequire(import.meta.url)('@hashgraph/sdk') as typeof Sdk;
export type AccountId = Sdk.AccountId;
export type Client = Sdk.Client;
export type NodeAddressBook = Sdk.NodeAddressBook;
export type PublicKey = Sdk.PublicKey;
export type Transaction = Sdk.Transaction;
