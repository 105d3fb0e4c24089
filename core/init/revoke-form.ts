/** Where the form that takes a computer out stands in a realm's repository. */
export const REVOKE_FORM = ".github/ISSUE_TEMPLATE/revoke.yml";

/** The same text as this repository's own form; a test holds them together. */
export const revokeForm = `name: Take out a computer
description: Lost, stolen or retired? Its keys are refused for ever
title: "COMPUTER.SYSTEM.REALM.revoke"
body:
  - type: input
    id: reason
    attributes:
      label: Reason
      description: Its id goes into the title, as in \`333.hula.atlas.revoke\`.
      placeholder: lost in the river
    validations:
      required: true
`;
