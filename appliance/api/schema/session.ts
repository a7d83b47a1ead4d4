import { z } from 'zod';

export const ROLES = ['viewer', 'operator', 'engineer', 'admin', 'ingest'] as const;
export type Role = (typeof ROLES)[number];

export const sessionSchema = z
  .object({ name: z.string(), role: z.enum(ROLES), expiresAt: z.iso.datetime() })
  .meta({ id: 'Session' });

export const signInSchema = z.object({ apiKey: z.string().min(1).max(200) }).strict();

export const signInLinkSchema = z.object({ url: z.string() }).meta({ id: 'SignInLink' });
