/** A message that a client publishes, or leaves as its last will. */
export interface Message {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly qos?: number | undefined;
  readonly retain?: boolean | undefined;
}

const LONGEST_TOPIC_BYTES = 256;
const MOST_SLASHES = 7;
const LARGEST_PAYLOAD_BYTES = 128 * 1024;

/** Whether AWS IoT Core would end the connection over such a message ("AWS IoT Core message broker limits"). */
export const isBeyondLimits = ({ qos, topic, payload }: Message): boolean =>
  qos === 2 ||
  Buffer.byteLength(topic) > LONGEST_TOPIC_BYTES ||
  topic.split("/").length - 1 > MOST_SLASHES ||
  Buffer.byteLength(payload) > LARGEST_PAYLOAD_BYTES;
