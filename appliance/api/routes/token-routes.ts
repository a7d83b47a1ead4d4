import { present } from '../../../core/model/assert.ts';
import type { ApplianceActions } from '../actions.ts';
import { type ApiServer, PROBLEM_RESPONSES } from '../api-server.ts';
import type { Principal } from '../authenticator.ts';
import { indexParamsSchema } from '../schema/ledger-query.ts';
import { mintProofSchema, mintRequestSchema, planParamsSchema, tokensSchema } from '../schema/token.ts';

/** Certificates for closed months: what may be minted, who approved it, and what was. */
export function addTokenRoutes(app: ApiServer, { tokens }: Pick<ApplianceActions, 'tokens'>): void {
  app.route({
    method: 'GET',
    url: '/api/v1/tokens',
    config: { access: 'viewer' },
    schema: {
      operationId: 'getTokens',
      tags: ['tokens'],
      summary: 'What may be minted for closed months, what was approved, and what was minted',
      response: { 200: tokensSchema, ...PROBLEM_RESPONSES },
    },
    handler: async () => tokens.list(),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/tokens/plans',
    config: { access: 'engineer' },
    schema: {
      operationId: 'proposeMint',
      tags: ['tokens'],
      summary: 'The first of two approvals: mint what is closed up to the end of a month; recorded as an entry',
      body: mintRequestSchema,
      response: { 200: tokensSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ body: { month, plan }, principal }) =>
      tokens.propose({ month, seen: plan, ...personOf(principal) }),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/tokens/plans/:plan/approve',
    config: { access: 'engineer' },
    schema: {
      operationId: 'approveMint',
      tags: ['tokens'],
      summary: 'The second approval, of another person: it is minted from here on',
      params: planParamsSchema,
      response: { 200: tokensSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { plan }, principal }) => tokens.approve(plan, personOf(principal)),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/tokens/plans/:plan/withdraw',
    config: { access: 'engineer' },
    schema: {
      operationId: 'withdrawMint',
      tags: ['tokens'],
      summary: 'Take back every approval of a mint; what is minted already stays',
      params: planParamsSchema,
      response: { 200: tokensSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { plan }, principal }) => tokens.withdraw(plan, personOf(principal)),
  });
  addProofRoute(app, tokens);
}

function addProofRoute(app: ApiServer, tokens: ApplianceActions['tokens']): void {
  app.route({
    method: 'POST',
    url: '/api/v1/tokens/mints/:index/prove',
    config: { access: 'viewer' },
    schema: {
      operationId: 'proveMint',
      tags: ['tokens'],
      summary: 'Fetch a mint from a mirror of Hedera and hold it against the ledger, step by step',
      params: indexParamsSchema,
      response: { 200: mintProofSchema, ...PROBLEM_RESPONSES },
    },
    handler: async ({ params: { index } }) => tokens.prove(index),
  });
}

function personOf(principal: Principal | null | undefined): { by: string; account: string; role: string } {
  const { name: by, account, role } = present(principal, 'the caller of a guarded route');
  return { by, account, role };
}
