import { IoTClient } from "@aws-sdk/client-iot";

/** Milliseconds to a connection, to an answer, and to the end of a call with all its attempts. */
const CONNECT = 3000;
const ANSWER = 8000;
export const DEADLINE = 8000;
export const ATTEMPTS = 5;

/** For any client of AWS: its calls end soon, whatever the service does; credentials are looked up as the SDK does. */
export const clientSettings = (region: string, endpoint?: string) => ({
  region,
  ...(endpoint === undefined ? {} : { endpoint }),
  // Calls are tried again in `askOf`.
  maxAttempts: 1,
  requestHandler: { connectionTimeout: CONNECT, requestTimeout: ANSWER, throwOnRequestTimeout: true },
});

export const iotClient = (region: string, endpoint: string | undefined): IoTClient =>
  new IoTClient(clientSettings(region, endpoint));
