import type { Request } from "./http.ts";

const MOST = 100;
const USUAL = 30;

/** One page of a list, as `per_page` and `page` ask; the Link header names the others. */
export function paginate<T>(c: Request, items: readonly T[], most = MOST): readonly T[] {
  const size = Math.min(most, positive(c.req.query("per_page")) ?? USUAL);
  const page = positive(c.req.query("page")) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const to = (number: number, rel: string) => `<${pageUrl(c, number)}>; rel="${rel}"`;
  const links = [
    ...(page > 1 ? [to(page - 1, "prev")] : []),
    ...(page < last ? [to(page + 1, "next"), to(last, "last")] : []),
    ...(page > 1 ? [to(1, "first")] : []),
  ];
  if (links.length > 0) c.header("link", links.join(", "));
  return items.slice((page - 1) * size, page * size);
}

function pageUrl(c: Request, page: number): string {
  const url = new URL(c.req.url);
  url.searchParams.set("page", String(page));
  return url.href;
}

const positive = (text: string | undefined): number | undefined => {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : undefined;
};
