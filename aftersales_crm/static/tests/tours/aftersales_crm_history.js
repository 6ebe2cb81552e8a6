import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("aftersales_crm_history", {
    steps: () => [
        {
            content: "The history stands on the customer",
            trigger: ".o_notebook .nav-link:contains('History')",
            run: "click",
        },
        {
            content: "What the numbers mean",
            trigger: ".o_aftersales_history .o_aftersales_profile:contains('Last order')",
        },
        {
            content: "What is open comes first",
            trigger: ".o_aftersales_history .o_aftersales_open .o_aftersales_row:contains('It whistles')",
        },
        {
            content: "One page is there",
            trigger: ".o_aftersales_history:has([data-kind=message])",
        },
        {
            content: "The end comes into view: the next page follows by itself",
            trigger: ".o_aftersales_history .o_aftersales_end",
            run() {
                this.anchor.scrollIntoView();
            },
        },
        {
            trigger: ".o_aftersales_history:has([data-kind=order])",
        },
        {
            content: "A call in two clicks",
            trigger: "button:contains('Log a call'):first",
            run: "click",
        },
        {
            trigger: ".modal [name=said] textarea",
            run: "edit It sings now",
        },
        {
            trigger: ".modal footer button[name=action_log]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "Only calls",
            trigger: ".o_aftersales_history select[aria-label='Kind of event']",
            run: "selectByLabel Call",
        },
        {
            trigger: ".o_aftersales_history:not(:has([data-kind=message])) [data-kind=call]:contains('It sings now')",
        },
        {
            content: "Only orders: a click opens one",
            trigger: ".o_aftersales_history select[aria-label='Kind of event']",
            run: "selectByLabel Order",
        },
        {
            trigger: ".o_aftersales_history [data-kind=order]",
            run: "click",
        },
        {
            content: "The order has the same history",
            trigger: ".o_form_view .o_notebook .nav-link:contains('Customer history')",
            run: "click",
        },
        {
            trigger: ".o_aftersales_history [data-kind=message]",
        },
    ],
});
