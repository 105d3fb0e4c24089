/** What AWS IoT calls its errors, and the HTTP status that each comes with (API reference; the SDK's schemas agree). */
const STATUS = {
  InvalidRequestException: 400,
  MalformedPolicyException: 400,
  ThrottlingException: 400,
  ForbiddenException: 403,
  UnrecognizedClientException: 403,
  MissingAuthenticationTokenException: 403,
  InvalidSignatureException: 403,
  ResourceNotFoundException: 404,
  CertificateStateException: 406,
  DeleteConflictException: 409,
  ResourceAlreadyExistsException: 409,
  VersionsLimitExceededException: 409,
  LimitExceededException: 410,
  InternalFailureException: 500,
  ServiceUnavailableException: 503,
} as const;

export type IotErrorName = keyof typeof STATUS;

/** A "no" in AWS's words. */
export class IotRefusal extends Error {
  override readonly name: IotErrorName;
  readonly status: (typeof STATUS)[IotErrorName];

  constructor(name: IotErrorName, message: string) {
    super(message);
    this.name = name;
    this.status = STATUS[name];
  }
}
