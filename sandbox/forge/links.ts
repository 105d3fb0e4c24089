import type { Repository } from "./repository.ts";

/** Addresses, as the forge prints them: `url` is REST's root, pages for people lie below it too. */
export class Links {
  readonly #url: () => string;

  constructor(url: () => string) {
    this.#url = url;
  }

  get root(): string {
    return this.#url();
  }

  api(path: string): string {
    return `${this.root}/${path}`;
  }

  repo(repository: Repository, path = ""): string {
    return this.api(`repos/${repository.fullName}${path === "" ? "" : `/${path}`}`);
  }

  page(repository: Repository, path = ""): string {
    return this.api(`${repository.fullName}${path === "" ? "" : `/${path}`}`);
  }
}
