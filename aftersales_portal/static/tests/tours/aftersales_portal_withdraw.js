import { registry } from "@web/core/registry";

// Relies on the order that the Python test makes and opens.
registry.category("web_tour.tours").add("aftersales_portal_withdraw", {
    steps: () => [
        {
            content: "the first button, on the order",
            trigger: "a[name=withdraw_order]:contains(Withdraw from contract here)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "name and e-mail are known, the products are not asked for",
            trigger: ".o_aftersales_withdrawal:has(#withdrawal_whole:checked) .o_aftersales_parts:not(:visible)",
        },
        {
            content: "only some products",
            trigger: "label[for=withdrawal_parts]",
            run: "click",
        },
        {
            content: "one of the two kettles",
            trigger: ".o_aftersales_parts .border:contains(Kettle) input[type=number]",
            run: "edit 1",
        },
        {
            content: "the second button says nothing else",
            trigger: "button[name=confirm]:contains(/^Confirm withdrawal$/)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is confirmed with date and time, and with the return",
            trigger: ".alert-success:contains(We have your withdrawal)",
        },
        {
            content: "what was stated is on the page",
            trigger: "table[name=statement]:contains(1 × Kettle)",
        },
        {
            content: "the return is followed from here",
            trigger: "a[name=return]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is approved",
            trigger: ".o_aftersales_return",
        },
    ],
});

registry.category("web_tour.tours").add("aftersales_portal_withdraw_guest", {
    steps: () => [
        {
            content: "which contract",
            trigger: "#withdrawal_contract",
            run: "edit the kettle of last week",
        },
        {
            content: "who",
            trigger: "#withdrawal_person_name",
            run: "edit Greta Guest",
        },
        {
            content: "where to",
            trigger: "#withdrawal_email",
            run: "edit greta@example.com",
        },
        {
            content: "confirm",
            trigger: "button[name=confirm]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is confirmed",
            trigger: ".alert-success:contains(We have your withdrawal)",
        },
        {
            content: "with what was stated",
            trigger: "table[name=statement]:contains(the kettle of last week)",
        },
    ],
});
