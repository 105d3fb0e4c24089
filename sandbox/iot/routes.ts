import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Certificate, Iot } from "./iot.ts";
import type { Page, PageRequest } from "./paging.ts";
import type { Policy } from "./policies.ts";
import type { Operation } from "./rates.ts";
import { IotRefusal } from "./refusal.ts";

export interface Env {
  /** Read once, since the signature covers it. */
  Variables: { readonly body: string };
}

type Request = Context<Env>;
type Admit = (operation: Operation) => void;

/** AWS IoT's calls under the SDK's methods, paths and names. `admit` throws when an operation comes too often. */
export function iotRoutes(iot: Iot, admit: Admit): Hono<Env> {
  const app = new Hono<Env>();
  const call =
    (operation: Operation, answer: (c: Request) => unknown) =>
    async (c: Request): Promise<Response> => {
      admit(operation);
      return c.json((await answer(c)) ?? {});
    };

  app.post(
    "/certificates",
    call("CreateCertificateFromCsr", async (c) => {
      const { certificateSigningRequest } = bodyOf(c, csrBody);
      const { id, arn, pem } = await iot.createCertificateFromCsr(
        certificateSigningRequest,
        flag(c, "setAsActive"),
      );
      return { certificateArn: arn, certificateId: id, certificatePem: pem };
    }),
  );
  app.get(
    "/certificates",
    call("ListCertificates", (c) => listed("certificates", iot.listCertificates(pageIn(c)), showCertificate)),
  );
  app.get(
    "/certificates/:id",
    call("DescribeCertificate", (c) => ({
      certificateDescription: describe(iot.describeCertificate(param(c, "id"))),
    })),
  );
  app.put(
    "/certificates/:id",
    call("UpdateCertificate", (c) => iot.updateCertificate(param(c, "id"), statusIn(c))),
  );
  app.delete(
    "/certificates/:id",
    call("DeleteCertificate", (c) => iot.deleteCertificate(param(c, "id"), flag(c, "forceDelete"))),
  );
  app.put(
    "/target-policies/:policy",
    call("AttachPolicy", (c) => iot.attachPolicy(param(c, "policy"), bodyOf(c, targetBody).target)),
  );
  app.post(
    "/target-policies/:policy",
    call("DetachPolicy", (c) => iot.detachPolicy(param(c, "policy"), bodyOf(c, targetBody).target)),
  );
  app.post(
    "/attached-policies/:target",
    call("ListAttachedPolicies", (c) =>
      listed("policies", iot.listAttachedPolicies(param(c, "target"), pageIn(c)), showPolicy),
    ),
  );
  app.post(
    "/policy-targets/:policy",
    call("ListTargetsForPolicy", (c) =>
      listed("targets", iot.listTargetsForPolicy(param(c, "policy"), pageIn(c)), ({ arn }) => arn),
    ),
  );
  app.post(
    "/policies/:policy",
    call("CreatePolicy", (c) => {
      const { policyDocument } = bodyOf(c, policyBody);
      return {
        ...showPolicy(iot.createPolicy(param(c, "policy"), policyDocument)),
        policyDocument,
        policyVersionId: "1",
      };
    }),
  );
  app.get(
    "/policies/:policy",
    call("GetPolicy", (c) => {
      const policy = iot.getPolicy(param(c, "policy"));
      const at = seconds(policy.createdAt);
      return {
        ...showPolicy(policy),
        policyDocument: policy.document,
        defaultVersionId: "1",
        creationDate: at,
        lastModifiedDate: at,
      };
    }),
  );
  app.get(
    "/policies",
    call("ListPolicies", (c) => listed("policies", iot.listPolicies(pageIn(c)), showPolicy)),
  );
  return app;
}

const csrBody = z.object({ certificateSigningRequest: z.string().min(1) });
const targetBody = z.object({ target: z.string().min(1) });
const policyBody = z.object({ policyDocument: z.string() });
const status = z.enum(["ACTIVE", "INACTIVE", "REVOKED"]);

function bodyOf<S extends z.ZodType>(c: Request, schema: S): z.output<S> {
  const read = schema.safeParse(parse(c.var.body));
  if (!read.success) throw invalid(z.prettifyError(read.error));
  return read.data;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalid("The body is no JSON");
  }
}

function statusIn(c: Request): z.output<typeof status> {
  const read = status.safeParse(c.req.query("newStatus"));
  if (!read.success) throw invalid("newStatus must be ACTIVE, INACTIVE or REVOKED");
  return read.data;
}

function pageIn(c: Request): PageRequest {
  const { pageSize, marker } = c.req.query();
  return {
    ascending: flag(c, "isAscendingOrder"),
    ...(pageSize === undefined ? {} : { pageSize: Number(pageSize) }),
    ...(marker === undefined ? {} : { marker }),
  };
}

const param = (c: Request, name: string): string => c.req.param(name) ?? "";
const flag = (c: Request, name: string): boolean => c.req.query(name) === "true";
const invalid = (message: string): IotRefusal => new IotRefusal("InvalidRequestException", message);

/** Epoch seconds: how AWS writes times in JSON. */
const seconds = (date: Date): number => date.getTime() / 1000;

const listed = <T>(name: string, { items, nextMarker }: Page<T>, show: (item: T) => unknown) => ({
  [name]: items.map(show),
  ...(nextMarker === undefined ? {} : { nextMarker }),
});

const showPolicy = ({ name, arn }: Policy) => ({ policyName: name, policyArn: arn });

const showCertificate = ({ id, arn, status, createdAt }: Certificate) => ({
  certificateArn: arn,
  certificateId: id,
  status,
  certificateMode: "DEFAULT",
  creationDate: seconds(createdAt),
});

const describe = (certificate: Certificate) => ({
  ...showCertificate(certificate),
  certificatePem: certificate.pem,
  lastModifiedDate: seconds(certificate.modifiedAt),
  customerVersion: 1,
  validity: { notBefore: seconds(certificate.notBefore), notAfter: seconds(certificate.notAfter) },
});
