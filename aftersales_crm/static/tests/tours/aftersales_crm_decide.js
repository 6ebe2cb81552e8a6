import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("aftersales_crm_decide", {
    steps: () => [
        {
            content: "What waits tells why",
            trigger: ".o_data_row td[name=decide_basis]:contains('Withdrawal')",
        },
        {
            content: "One click approves an eligible one",
            trigger: ".o_data_row:has(td[name=eligibility]:contains('Eligible')):first button[name=action_approve]",
            run: "click",
        },
        {
            trigger: ".o_list_renderer:not(:has(.o_data_row:nth-child(4)))",
        },
        {
            content: "All that are left: one click more",
            trigger: "thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_approve_selected]",
            run: "click",
        },
        {
            content: "The bad one is reported, the others are approved",
            trigger: ".modal .o_aftersales_decide_result:contains('2 approved'):contains('1 left')",
        },
        {
            trigger: ".modal .list-group-item:contains('Kettle')",
        },
        {
            trigger: ".modal footer button:contains('Close')",
            run: "click",
        },
        {
            content: "Only the bad one still waits: refuse it with a reason",
            trigger: ".o_data_row:only-child",
        },
        {
            trigger: "thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_reject_selected]",
            run: "click",
        },
        {
            trigger: ".modal textarea",
            run: "edit Too late",
        },
        {
            trigger: ".modal footer button:contains('Refuse')",
            run: "click",
        },
        {
            trigger: ".modal .o_aftersales_decide_result:contains('1 refused')",
        },
        {
            trigger: ".modal footer button:contains('Close')",
            run: "click",
        },
        {
            trigger: ".o_view_nocontent:contains('Every request is decided')",
        },
    ],
});
