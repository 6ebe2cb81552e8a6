import { registry } from "@web/core/registry";

/** From what is late to the case, where the manager promises something new in two clicks. */
registry.category("web_tour.tours").add("aftersales_crm_overview", {
    steps: () => [
        {
            content: "the figures are there",
            trigger: "[data-figure='promises']",
            timeout: 60000, // the web client starts
        },
        {
            content: "look at what is late",
            trigger: "[data-queue='late']:contains('1')",
            run: "click",
        },
        {
            content: "open it",
            trigger: ".o_list_view td:contains('Call Ada back')",
            run: "click",
        },
        {
            content: "the case counts how late it is",
            trigger: ".o_form_view .o_aftersales_countdown.text-bg-danger:contains('late')",
        },
        {
            content: "promise something new",
            trigger: "button[name='action_aftersales_promise']",
            run: "click",
        },
        {
            content: "say what",
            trigger: ".modal [name='note'] input",
            run: "edit A new lid",
        },
        {
            content: "promise",
            trigger: ".modal button[name='action_apply']:contains('Promise')",
            run: "click",
        },
        {
            content: "back at the case",
            trigger: "body:not(:has(.modal)) .o_form_view a[name='commitments']",
            run: "click",
        },
        {
            content: "it is written down",
            trigger: ".o_form_view [name='commitment_ids'] td:contains('A new lid')",
        },
    ],
});
