import { Hono } from "hono";
import * as z from "zod";
import type { Certificate, Iot } from "./iot.ts";
import { policyRoutes } from "./policy-routes.ts";
import type { Operation } from "./rates.ts";
import {
  bodyOf,
  type Call,
  type Env,
  flag,
  invalid,
  listed,
  pageIn,
  param,
  type Request,
  seconds,
  showPolicy,
} from "./request.ts";

type Admit = (operation: Operation) => void;

/** AWS IoT's calls under the SDK's methods, paths and names. `admit` throws when an operation comes too often. */
export function iotRoutes(iot: Iot, admit: Admit): Hono<Env> {
  const app = new Hono<Env>();
  const call: Call = (operation, answer) => async (c) => {
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
  app.get(
    "/endpoint",
    call("DescribeEndpoint", () => ({ endpointAddress: iot.endpoint })),
  );
  app.delete(
    "/connections/:client",
    call("DeleteConnection", (c) => iot.deleteConnection(param(c, "client"))),
  );
  policyRoutes(app, iot, call);
  return app;
}

const csrBody = z.object({ certificateSigningRequest: z.string().min(1) });
const targetBody = z.object({ target: z.string().min(1) });
const status = z.enum(["ACTIVE", "INACTIVE", "REVOKED"]);

function statusIn(c: Request): z.output<typeof status> {
  const read = status.safeParse(c.req.query("newStatus"));
  if (!read.success) throw invalid("newStatus must be ACTIVE, INACTIVE or REVOKED");
  return read.data;
}

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
