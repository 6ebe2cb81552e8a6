import { registry } from "@web/core/registry";

// Relies on the order that the Python test makes and opens.
registry.category("web_tour.tours").add("aftersales_portal_return", {
    steps: () => [
        {
            content: "start from the order",
            trigger: "a[name=return_products]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the reason is asked only for what comes back",
            trigger: ".o_aftersales_row:contains(Kettle) fieldset:disabled:not(:visible)",
        },
        {
            content: "one kettle comes back",
            trigger: ".o_aftersales_row:contains(Kettle) button[data-step='1']",
            run: "click",
        },
        {
            content: "it is broken",
            trigger: ".o_aftersales_row:contains(Kettle) select[name^=reason-]",
            run: "selectByLabel Broken or does not work",
        },
        {
            content: "the right that carries it is shown, and no other",
            trigger:
                ".o_aftersales_row:contains(Kettle) li[data-basis=guarantee]:contains(we pay the way back):not(:has(~ li:visible))",
        },
        {
            content: "a refund is asked for",
            trigger: ".o_aftersales_row:contains(Kettle) select[name^=remedy-]",
            run: "selectByLabel Refund",
        },
        {
            content: "in the customer's words",
            trigger: ".o_aftersales_row:contains(Kettle) textarea",
            run: "edit It does not boil",
        },
        {
            content: "ask",
            trigger: ".o_aftersales_return_request button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the return is there with its product",
            trigger: ".o_aftersales_return_line:contains(Kettle):contains(It does not boil)",
        },
        {
            content: "and in the list",
            trigger: ".o_portal_submenu a[href='/my/returns']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "where it waits for a decision",
            trigger: ".o_portal_my_doc_table td:contains(Waiting for our decision)",
        },
    ],
});
