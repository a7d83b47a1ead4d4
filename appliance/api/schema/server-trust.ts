import { z } from 'zod';

const instant = z.iso.datetime().describe('ISO 8601 UTC');

const certificateSchema = z
  .object({
    sha1: z.string().describe('Thumbprint as OPC UA tools show it, hexadecimal'),
    sha256: z.string(),
    subject: z.string(),
    validFrom: instant,
    validTo: instant,
    applicationUri: z.string().nullable(),
    hosts: z.array(z.string()),
  })
  .meta({ id: 'ServerCertificate' });

export const serverTrustSchema = z
  .object({
    device: z.string(),
    endpoint: z.string(),
    mode: z.enum(['prompt', 'accept-first', 'fixed', 'none']).describe('What plant.yaml says of trust'),
    shown: certificateSchema
      .extend({ at: instant })
      .meta({ id: 'ShownCertificate' })
      .nullable()
      .describe('What the server showed last; null before the first contact'),
    trusted: z
      .object({ thumbprint: z.string(), at: instant, by: z.string(), certificate: certificateSchema.nullable() })
      .meta({ id: 'TrustedCertificate' })
      .nullable(),
    isShownTrusted: z.boolean().describe('Whether what the server showed last is what it is trusted with'),
  })
  .meta({ id: 'ServerTrust' });

export type ServerTrustAnswer = z.infer<typeof serverTrustSchema>;

export const trustRequestSchema = z
  .object({ thumbprint: z.string().min(1).max(200).describe('SHA-1 or SHA-256, hexadecimal, with or without colons') })
  .strict();

export const deviceParamsSchema = z.object({ id: z.string().min(1).max(200) });
